use Mojo::Base -strict, -signatures;

# The database changes under a running application.

use Test::More;
use Mojo::File qw(curfile);
use lib curfile->dirname->child('lib')->to_string;
use Mojo::Util qw(steady_time);
use POSIX ();
use Test::Blog qw(app migrate write_file);
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

subtest 'the connection ends within a query' => sub {
  my $admin = $server->admin('blog');
  $admin->begin_work;
  $admin->do('LOCK TABLE posts');
  my $pid = fork // die "fork: $!";
  if (!$pid) {
    sleep 1;
    terminate();
    POSIX::_exit(0);
  }
  $t->get_ok('/')->status_is(503)->content_like(qr/Temporarily unavailable/);
  waitpid $pid, 0;
  $admin->rollback;
  ok_everywhere();
};

subtest 'a query that takes too long' => sub {
  terminate();
  local $t->app->database->settings->{statement_timeout} = '300ms';
  my $admin = $server->admin('blog');
  $admin->begin_work;
  $admin->do('LOCK TABLE posts, mojo_migrations');
  $t->get_ok('/')->status_is(503);
  my $start = steady_time;
  $t->get_ok('/readyz')->status_is(503)->content_is('database: timed out');
  cmp_ok steady_time - $start, '<', 2.5, 'answers in time';
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
