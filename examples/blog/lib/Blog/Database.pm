package Blog::Database;
use Mojo::Base -base, -signatures;

use Blog::Pg;
use Blog::Unavailable;
use DBI;
use Mojo::Util qw(steady_time);
use Scalar::Util qw(blessed);

# SQLSTATE classes that say "the server is gone, full, or no longer the
# primary", and the statement timeout: all worth a retry by the visitor.
my $LOST = qr/\A(?:08|57P|57014|53300|25006)/;

# libpq accepts no connect_timeout below 2 seconds.
my $TIMEOUTS = 'connect_timeout=2;tcp_user_timeout=3000';

has 'credentials';
has settings => sub { {statement_timeout => '5s'} };

# Open connections survive a new password (PostgreSQL keeps their sessions), but
# not a new target: after a move to another server the old one must not get writes,
# and a login that was replaced ends soon, so none of its sessions should be left.
sub pg ($self) {
  my ($dsn, $user) = ($self->_dsn, $self->credentials->get('database', 'user'));
  my $target = "$dsn;$user";
  return $self->{pg} if $self->{pg} && $self->{target} eq $target;

  my $settings = $self->settings;
  my $pg       = Blog::Pg->new->credentials($self->credentials)->dsn($dsn)->username($user);
  $pg->on(connection => sub ($pg, $dbh) { $dbh->do("SET $_ = '$settings->{$_}'") for sort keys %$settings });

  # A prepared statement cannot be released on a connection that is gone; the
  # driver would complain for each one after every failover.
  $pg->options->{pg_server_prepare} = 0;
  @$self{qw(pg target)} = ($pg, $target);
  return $pg;
}

sub run ($self, $work) {
  my $db = $self->_connect;
  my $result;
  return $result if eval { $result = $work->($db); 1 };

  my $error = $@;
  die $error if blessed $error && $error->isa('Blog::Unavailable');
  my $state = $db->dbh->state // '';
  my $ended = $state eq '57P01' || !$db->ping;
  Blog::Unavailable->throw(_reason($error), _first_line("$error"), ended => $ended) if $ended || $state =~ $LOST;
  die $error;
}

# For work that only reads: it may be done again where its session was ended in the
# midst of it, as by a revoked login or a failover. A write could be done twice.
sub read ($self, $work) {
  my $result;
  return $result if eval { $result = $self->run($work); 1 };

  my $error = $@;
  die $error unless blessed $error && $error->isa('Blog::Unavailable') && $error->ended;
  return $self->run($work);
}

# The answer to a probe must come within 2 seconds in total.
sub schema_version ($self) {
  my $start = steady_time;

  # Out here, because the rollback at the end of its scope would overwrite the
  # SQLSTATE that "run" looks at.
  my $tx;
  return $self->run(sub ($db) {
    my $left = int(1900 - 1000 * (steady_time - $start));
    $tx = $db->begin;
    $db->query('SET LOCAL statement_timeout = ' . ($left > 100 ? $left : 100));
    return 0 unless defined $db->query(q{SELECT to_regclass('mojo_migrations')})->array->[0];
    my $row = $db->query('SELECT version FROM mojo_migrations WHERE name = ?', 'blog')->array;
    return $row ? $row->[0] : 0;
  });
}

sub _connect ($self) {
  my ($db, $error) = $self->_try_connect;
  # The server may have learned the new password a moment before the file
  # changed: the second attempt reads the files again.
  ($db, $error) = $self->_try_connect if $error && $error->reason eq 'authentication refused';
  die $error if $error;
  return $db;
}

sub _try_connect ($self) {
  my $db = eval { $self->pg->db };
  return $db if $db;
  my $error = $@;
  return undef, $error if blessed $error && $error->isa('Blog::Unavailable');
  # The exception itself carries the connection string; the driver's text does not.
  my $text = $DBI::errstr || $error;
  return undef, Blog::Unavailable->new(reason => _reason($text), detail => _first_line($text));
}

sub _dsn ($self) {
  my $secrets = $self->credentials;
  my $ca      = $secrets->path_of('database-ca', 'ca.crt');
  my %part    = map { $_ => $secrets->get('database', $_) } qw(host port dbname);
  if    (-e $ca)                                     { @part{qw(sslmode sslrootcert)} = ('verify-full', $ca) }
  elsif (($ENV{DATABASE_TLS} // '') eq 'disable')    { $part{sslmode} = 'disable' }
  else                                               { $part{sslmode} = 'verify-full' }
  s/([\\'])/\\$1/g for values %part;
  return join ';', 'dbi:Pg:' . join(';', map {"$_='$part{$_}'"} sort keys %part), $TIMEOUTS;
}

sub _first_line ($text) {
  my ($line) = split /\n/, $text;
  return $line =~ s/ at \S+ line \d+\.?\z//r;
}

sub _reason ($text) {
  return 'authentication refused' if $text =~ /authentication failed|pg_hba\.conf|role ".*" does not exist/;
  return 'TLS check failed'       if $text =~ /certificate|SSL/;
  return 'timed out'              if $text =~ /timeout|timed out/i;
  return 'unreachable';
}

1;
