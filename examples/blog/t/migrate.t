use Mojo::Base -strict, -signatures;

use Test::More;
use Mojo::File qw(curfile path tempdir);
use lib curfile->dirname->child('lib')->to_string;
use Mojo::IOLoop::Server;
use Mojo::Util qw(steady_time);
use Test::Blog qw(finish home migrate spawn stop wait_for write_file);
use Test::Database;

my $server = Test::Database->start;

sub versions ($name) {
  $server->admin($name)->selectall_arrayref('SELECT name, version FROM mojo_migrations');
}

sub one_failure ($log) { scalar(() = $log =~ /^migrate: failed: [^\n]+$/mg) == 1 && $log =~ /failed:[^\n]+\n\z/ }

subtest 'three replicas start at once on an empty database' => sub {
  for my $round (1 .. 10) {
    my $name     = "race$round";
    my $secrets  = $server->create($name)->secrets($name);
    my @replicas = map { spawn({SECRETS_DIR => $secrets}, $^X, 'script/blog', 'migrate') } 1 .. 3;
    my @status   = map { finish($_, 60) // 'still running' } @replicas;
    my $ok       = is_deeply \@status, [0, 0, 0], "round $round: all exit with 0";
    $ok &&= is_deeply versions($name), [['blog', 2]], "round $round: one row, right version";
    my @migrated = grep { $_->{log}->slurp =~ /schema is now at version 2/ } @replicas;
    is @migrated, 1, "round $round: one replica did the work";
    diag $_->{log}->slurp for $ok ? () : @replicas;
    stop($_) for @replicas;
  }
};

my $secrets = $server->create('single')->secrets('single');

subtest 'again' => sub {
  is((migrate($secrets))[0], 0);
  my ($status, $log) = migrate($secrets);
  is $status, 0, 'exit status';
  is $log, "migrate: schema is at version 2, nothing to do\n";
};

subtest 'an older release meets a newer schema' => sub {
  $server->admin('single')->do('UPDATE mojo_migrations SET version = 3');
  my ($status, $log) = migrate($secrets);
  is $status, 0, 'exit status';
  is $log, "migrate: schema version 3 is newer than this release (2), nothing to do\n";
  is_deeply versions('single'), [['blog', 3]], 'unchanged';
};

subtest 'from version 1, with rows' => sub {
  my $old  = $server->create('upgrade')->secrets('upgrade');
  my $root = tempdir;
  my ($first) = home()->child('migrations', 'blog.sql')->slurp =~ /\A(.*?)^-- 2 up/ms;
  $root->child('migrations')->make_path;
  write_file($root->child('migrations', 'blog.sql'), $first);
  is((migrate($old, MOJO_HOME => $root))[0], 0, 'release 1');
  is_deeply versions('upgrade'), [['blog', 1]];
  $server->admin('upgrade')->do(q{INSERT INTO posts (title, body) VALUES ('kept', 'text')});
  is((migrate($old))[0], 0, 'release 2');
  is_deeply versions('upgrade'), [['blog', 2]];
  is_deeply $server->admin('upgrade')->selectall_arrayref('SELECT title, excerpt FROM posts'), [['kept', undef]];
};

subtest 'wrong SQL' => sub {
  my $wrong = $server->create('wrong')->secrets('wrong');
  my $root  = tempdir;
  $root->child('migrations')->make_path;
  write_file($root->child('migrations', 'blog.sql'),
    "-- 1 up\nCREATE TABLE a (id int);\n-- 2 up\nCREATE TABEL b ();\n");
  my ($status, $log) = migrate($wrong, MOJO_HOME => $root);
  is $status, 1, 'exit status';
  ok one_failure($log), 'one line' or diag $log;
  like $log, qr/failed: .*syntax error at or near "TABEL"/;
  is $server->admin('wrong')->selectrow_array(q{SELECT to_regclass('a')}), undef, 'nothing was half done';
};

subtest 'unreachable' => sub {
  my $nowhere = $server->secrets('single', port => Mojo::IOLoop::Server->generate_port);
  my $start   = steady_time;
  my ($status, $log) = migrate($nowhere, MIGRATE_TIMEOUT => 2);
  is $status, 1, 'exit status';
  cmp_ok steady_time - $start, '<', 20, 'long before the minute that it waits otherwise';
  ok one_failure($log), 'one line' or diag $log;
  like $log, qr/waiting for the database, \d s left: unreachable/;
  like $log, qr/failed: the database was not available within 2 s: unreachable/;
  unlike $log, qr/first-password/, 'no password';
};

subtest 'refused' => sub {
  my ($status, $log) = migrate($server->secrets('single', password => 'not-the-password'), MIGRATE_TIMEOUT => 1);
  is $status, 1, 'exit status';
  like $log, qr/failed: .*authentication refused/;
  unlike $log, qr/not-the-password/, 'no password';
};

subtest 'TLS is required unless switched off' => sub {
  my ($status, $log) = migrate($secrets, MIGRATE_TIMEOUT => 0, DATABASE_TLS => '');
  is $status, 1, 'exit status';
  like $log, qr/TLS check failed/;
};

subtest 'the database appears while it waits' => sub {
  $server->down;
  my $process = spawn({SECRETS_DIR => $secrets}, $^X, 'script/blog', 'migrate');
  ok wait_for(sub { $process->{log}->slurp =~ /waiting for the database/ }), 'waits';
  $server->up;
  is finish($process, 20), 0, 'exit status';
  stop($process);
};

subtest 'the lock is held by another replica' => sub {
  my $admin = $server->admin('single');
  my ($key) = home()->child('lib/Blog/Command/migrate.pm')->slurp =~ /\$LOCK = ([0-9_]+)/;
  $key =~ tr/_//d;
  $admin->do("SELECT pg_advisory_lock($key)");
  my ($status, $log) = migrate($secrets, MIGRATE_TIMEOUT => 3);
  is $status, 1, 'exit status';
  like $log, qr/another replica is migrating, waiting\n/;
  like $log, qr/failed: another replica held the migration lock for too long\n\z/;
};

done_testing;
