package Test::Database;
use Mojo::Base -base, -signatures;

# A throw-away PostgreSQL server on the loopback interface.

use DBI;
use File::Temp qw(tempdir);
use Mojo::File qw(path);
use Mojo::IOLoop::Server;
use Test::Blog qw(write_file);
use Test::More;

has [qw(bin dir port)];
has password => 'first-password';

my @running;

sub start ($class, %settings) {
  plan skip_all => 'BLOG_TEST_NO_DATABASE=1 is set' if ($ENV{BLOG_TEST_NO_DATABASE} // '') eq '1';

  my $self = $class->new(bin => _find_bin(), port => Mojo::IOLoop::Server->generate_port);
  $self->dir(path(tempdir('blog-test-XXXXXX', TMPDIR => 1)));
  my $files = $settings{files} // {};
  write_file($self->dir->child('superuser'), 'superuser-password');
  for my $name (keys %$files) {
    write_file($self->dir->child($name), $files->{$name});
    chmod 0600, $self->dir->child($name);
  }
  if ($> == 0) {
    my ($uid, $gid) = (getpwnam $self->_owner)[2, 3];
    chown $uid, $gid, $self->dir, $self->dir->list->each;
  }

  $self->_run('initdb', '-D', $self->data, '-U', 'postgres', '-A', 'scram-sha-256', '-E', 'UTF8', '--no-locale',
    '--no-sync', '--pwfile', $self->dir->child('superuser'));
  my %conf = (
    fsync => 'off', listen_addresses => '127.0.0.1', port => $self->port, max_connections => 50,
    unix_socket_directories => $self->dir, %{$settings{conf} // {}}
  );
  open my $out, '>>', $self->data . '/postgresql.conf' or die "postgresql.conf: $!";
  print $out "$_ = '$conf{$_}'\n" for sort keys %conf;
  close $out or die "postgresql.conf: $!";

  push @running, {object => $self, owner => $$};
  $self->up;
  $self->admin->do("CREATE ROLE blog LOGIN PASSWORD '@{[$self->password]}'");
  return $self;
}

sub data ($self) { $self->dir->child('data')->to_string }

sub up ($self)   { $self->_ctl('start', '-l', $self->dir->child('log')) }
sub down ($self) { $self->_ctl('stop', '-m', 'immediate') }

sub create ($self, $name) {
  $self->admin->do("CREATE DATABASE $name OWNER blog");
  return $self;
}

sub admin ($self, $name = 'postgres') {
  return DBI->connect("dbi:Pg:host=127.0.0.1;port=@{[$self->port]};dbname=$name",
    'postgres', 'superuser-password', {RaiseError => 1, PrintError => 0, AutoInactiveDestroy => 1});
}

# The files as Kubernetes mounts them; returns their root folder.
sub secrets ($self, $name, %overrides) {
  my %database = (
    host => '127.0.0.1', port => $self->port, dbname => $name, user => 'blog', username => 'blog',
    password => $self->password, %overrides
  );
  my $root = path(tempdir('blog-secrets-XXXXXX', TMPDIR => 1, CLEANUP => 1));
  $root->child($_)->make_path for qw(application database);
  write_file($root->child('database', $_), $database{$_}) for keys %database;
  write_file($root->child('application', 'signing-secret'), 'signing-secret-of-the-tests');
  write_file($root->child('application', 'author-password'), 'author-password-of-the-tests');
  return $root;
}

sub _ctl ($self, @args) { $self->_run('pg_ctl', '-D', $self->data, '-w', '-s', @args) }

sub _run ($self, $program, @args) {
  my @command = ($self->bin . "/$program", @args);
  unshift @command, 'runuser', '-u', $self->_owner, '--' if $> == 0;
  my $log = $self->dir->child('commands.log');

  # From a folder the owner may enter; output to a file, because the server
  # inherits it and a pipe would never be closed.
  my $pid = fork // die "fork: $!";
  if (!$pid) {
    chdir $self->dir;
    open STDOUT, '>>', $log;
    open STDERR, '>&', \*STDOUT;
    exec @command or exit 127;
  }
  waitpid $pid, 0;
  BAIL_OUT("$program failed:\n" . $log->slurp) if $?;
}

# PostgreSQL refuses to run as root.
sub _owner ($self) { defined getpwnam('postgres') ? 'postgres' : 'nobody' }

sub _find_bin {
  my ($bin) = grep { -x "$_/initdb" } ($ENV{PG_BIN} // ()), reverse(sort glob '/usr/lib/postgresql/*/bin'),
    split(/:/, $ENV{PATH});
  return $bin if $bin;
  BAIL_OUT("These tests need the PostgreSQL server programs (initdb, pg_ctl).\n"
      . "Debian: apt-get install postgresql; elsewhere set PG_BIN to their folder.\n"
      . 'To run without the database tests set BLOG_TEST_NO_DATABASE=1.');
}

END {
  local $?;
  for my $server (grep { $_->{owner} == $$ } @running) {
    my $self = $server->{object};
    $self->down if -e $self->data . '/postmaster.pid';
    $self->dir->remove_tree;
  }
}

1;
