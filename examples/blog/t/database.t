use Mojo::Base -strict, -signatures;

# The database changes under a running application.

use Test::More;
use Mojo::File qw(curfile);
use lib curfile->dirname->child('lib')->to_string;
use POSIX ();
use Test::Blog qw(app migrate unready_in_time wait_for write_file);
use Test::Database;

local $ENV{DATABASE_TLS} = 'disable';
my $server  = Test::Database->start->create('blog');
my $secrets = $server->secrets('blog');
my $file    = $secrets->child('database', 'password');
is((migrate($secrets))[0], 0, 'migrated');
my $t = app($secrets);

sub terminate {
  $server->admin->do(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'blog'});
}

sub change_password ($password) { $server->admin->do("ALTER ROLE blog PASSWORD '$password'") }

sub ok_everywhere { $t->get_ok($_)->status_is(200) for '/', '/readyz' }

sub unavailable ($reason) {
  $t->get_ok('/')->status_is(503)->content_like(qr/Temporarily unavailable/)->content_unlike(qr/password|DBI|\.pm/);
  $t->get_ok('/readyz')->status_is(503)->content_is("database: $reason");
}

subtest 'rotated password' => sub {
  ok_everywhere();
  change_password('second-password');
  write_file($file, 'second-password');
  ok_everywhere();
  terminate();
  ok_everywhere();
};

subtest 'the server knows the new password before the file does' => sub {
  change_password('third-password');
  ok_everywhere();
  terminate();
  unavailable('authentication refused');
  write_file($file, 'third-password');
  ok_everywhere();
};

subtest 'the file knows the new password before the server does' => sub {
  write_file($file, 'fourth-password');
  ok_everywhere();
  change_password('fourth-password');
  terminate();
  ok_everywhere();
};

subtest 'the file changes between a refused connection and its retry' => sub {
  terminate();
  change_password('fifth-password');
  my $reads = 0;
  no warnings qw(once redefine);
  local *Blog::Pg::password = sub { $reads++ ? 'fifth-password' : 'fourth-password' };
  $t->get_ok('/')->status_is(200);
  is $reads, 2, 'read again';
  write_file($file, 'fifth-password');
};

subtest 'another database' => sub {
  my $other = $server->create('other')->secrets('other', password => 'fifth-password');
  is((migrate($other))[0], 0, 'migrated');
  $server->admin('other')->do(q{INSERT INTO posts (title, body) VALUES ('From the other one', 'text')});
  $t->get_ok('/')->content_unlike(qr/From the other one/);
  write_file($secrets->child('database', 'dbname'), 'other');
  $t->get_ok('/')->content_like(qr/From the other one/);
  write_file($secrets->child('database', 'dbname'), 'blog');
  $t->get_ok('/')->content_unlike(qr/From the other one/);
};

subtest 'restart' => sub {
  ok_everywhere();
  $server->down;
  unavailable('unreachable');
  $t->get_ok('/healthz')->status_is(200);
  $server->up;
  ok_everywhere();
};

# Ends every session of the application while it waits for a table that is locked, and lets go of the table.
sub ended_within ($work) {
  pipe my $ready, my $tell or die "pipe: $!";
  my $pid = fork // die "fork: $!";
  if (!$pid) {
    my $admin = $server->admin('blog');
    $admin->begin_work;
    $admin->do('LOCK TABLE posts');
    close $tell;
    wait_for(sub { $admin->selectrow_array('SELECT count(*) FROM pg_locks WHERE NOT granted') });
    terminate();
    $admin->rollback;
    POSIX::_exit(0);
  }
  close $tell;
  readline $ready;
  $work->();
  waitpid $pid, 0;
}

subtest 'the session ends within a query' => sub {
  ended_within(sub { $t->get_ok('/')->status_is(200) });
  ok_everywhere();
};

subtest 'the session ends within a write, which is not done again' => sub {
  ended_within(sub {
    ok !eval { $t->app->posts->add('Only once', 'text'); 1 }, 'fails';
    ok $@->isa('Blog::Unavailable'), 'as unavailable';
  });
  is $server->admin('blog')->selectrow_array(q{SELECT count(*) FROM posts WHERE title = 'Only once'}), 0, 'not written';
  ok_everywhere();
};

# As Vault makes and removes them.
sub make_login ($name) {
  my $admin = $server->admin('blog');
  $admin->do("CREATE ROLE $name LOGIN PASSWORD '$name' IN ROLE blog");
  $admin->do("ALTER ROLE $name SET role = 'blog'");
}

sub remove_login ($name) {
  my $admin = $server->admin('blog');
  $admin->do("ALTER ROLE $name NOLOGIN");
  $admin->do('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ?', undef, $name);
  $admin->do("DROP ROLE $name");
}

sub write_login ($name) { write_file($secrets->child('database', $_), $name) for qw(user password) }

sub sessions_of ($name) {
  return scalar $server->admin->selectrow_array('SELECT count(*) FROM pg_stat_activity WHERE usename = ?', undef, $name);
}

subtest 'a login is replaced before it ends' => sub {
  make_login('first_login');
  write_login('first_login');
  ok_everywhere();
  is sessions_of('first_login'), 1, 'used';
  make_login('second_login');
  write_login('second_login');
  ok_everywhere();
  is sessions_of('first_login'),  0, 'no session of the old one is left';
  is sessions_of('second_login'), 1, 'used';
  remove_login('first_login');
  ok_everywhere();
};

subtest 'a login is revoked, and the files know the next one' => sub {
  make_login('third_login');
  remove_login('second_login');
  write_login('third_login');
  ok_everywhere();
};

subtest 'a login is revoked before the files know the next one' => sub {
  make_login('fourth_login');
  remove_login('third_login');
  unavailable('authentication refused');
  write_login('fourth_login');
  ok_everywhere();
};

subtest 'the files change between the name of a login and its password' => sub {
  make_login('fifth_login');
  write_file($secrets->child('database', 'password'), 'fifth_login');
  terminate_login('fourth_login');
  unavailable('authentication refused');
  write_login('fifth_login');
  ok_everywhere();
  write_login('blog');
  write_file($secrets->child('database', 'password'), 'fifth-password');
  remove_login($_) for qw(fourth_login fifth_login);
  ok_everywhere();
};

sub terminate_login ($name) {
  $server->admin->do('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ?', undef, $name);
}

subtest 'a query that takes too long' => sub {
  terminate();
  local $t->app->database->settings->{statement_timeout} = '300ms';
  my $admin = $server->admin('blog');
  $admin->begin_work;
  $admin->do('LOCK TABLE posts, mojo_migrations');
  $t->get_ok('/')->status_is(503);
  unready_in_time($t, 'timed out');
  $admin->rollback;
  ok_everywhere();
};

subtest 'schema' => sub {
  my $admin = $server->admin('blog');
  $admin->do('UPDATE mojo_migrations SET version = 1');
  $t->get_ok('/readyz')->status_is(503)->content_is('schema version 1, needs 2');
  $admin->do('UPDATE mojo_migrations SET version = 3');
  $t->get_ok('/readyz')->status_is(200);
};

done_testing;
