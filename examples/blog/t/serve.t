use Mojo::Base -strict, -signatures;

# The real entry point, as real processes.

use Test::More;
use Mojo::File qw(curfile tempdir);
use lib curfile->dirname->child('lib')->to_string;
use Mojo::IOLoop::Server;
use Mojo::UserAgent;
use Mojo::Util qw(steady_time);
use Test::Blog qw(finish home spawn stop wait_for write_file);
use Test::Database;
use Time::HiRes qw(sleep);

my $server  = Test::Database->start->create('blog');
my $secrets = $server->secrets('blog');
my $run     = tempdir;
my $port    = Mojo::IOLoop::Server->generate_port;
my $url     = "http://127.0.0.1:$port";
my $pidfile = $run->child('hypnotoad.pid');
my %env     = (
  BLOG_LISTEN => $url, BLOG_SLOW_PAGE => 1, MIGRATE_TIMEOUT => 20, PID_FILE => $pidfile, SECRETS_DIR => $secrets
);
my @processes;

sub status ($path, %headers) {
  my $res = Mojo::UserAgent->new(connect_timeout => 2, request_timeout => 10)->get("$url$path", \%headers)->res;
  return $res->code // 0;
}

# In a container the new process has the pid the old one left in the file.
sub serve (@wrapper) {
  push @processes, my $process
    = spawn(\%env, 'sh', '-c', 'test ! -e "$PID_FILE" || echo $$ > "$PID_FILE"; exec "$@"', 'sh', @wrapper);
  return $process;
}

sub serves ($process) {
  my $ok = wait_for(sub { status('/readyz') == 200 });
  ok $ok, 'serves' or diag $process->{log}->slurp;
  return $ok;
}

subtest 'killed and started again with the surviving pid file' => sub {
  my $process = serve('script/serve');
  serves($process);
  like $process->{log}->slurp, qr/schema is now at version 2/, 'migrated first';
  for my $time (1, 2) {
    kill 'KILL', -$process->{pid};
    is finish($process, 5), 'signal 9', "killed, time $time";
    ok -e $pidfile, 'the pid file survives';
    $process = serve('script/serve');
    serves($process);
  }
  unlike $process->{log}->slurp, qr/hot deployment/;
  stop($process);
};

subtest 'the trap the entry point avoids' => sub {
  ok -e $pidfile, 'pid file of a killed server';
  my $process = serve('hypnotoad', '-f', 'script/blog');
  # Its "hot deployment" signals itself: as pid 1 it then exits with 0, else it dies.
  ok defined finish($process, 30), 'hypnotoad alone ends at once' or diag $process->{log}->slurp;
  stop($process);
};

my $process = serve('script/serve');
serves($process);

subtest 'behind a proxy' => sub {
  my $ua     = Mojo::UserAgent->new;
  my $cookie = sub (%headers) { $ua->get("$url/login", \%headers)->res->headers->set_cookie };
  like $cookie->('X-Forwarded-Proto' => 'https'), qr/; secure/i, 'Secure when the visitor used https';
  unlike $cookie->(), qr/; secure/i, 'not over http';
};

subtest 'no secret in the environment or the log' => sub {
  my $environ = Mojo::File->new("/proc/$process->{pid}/environ");
  plan skip_all => 'no /proc' unless -r $environ;
  for my $text ($environ->slurp, map { $_->{log}->slurp } @processes) {
    unlike $text, qr/first-password|signing-secret-of|author-password-of/;
  }
};

subtest 'the database restarts' => sub {
  for my $time (1 .. 3) {
    $server->down;
    is status('/'), 503, "away, time $time" for 1 .. 4;
    is status('/healthz'), 200, 'the process is well';
    $server->up;
    is status('/'), 200, 'back' for 1 .. 4;
  }
  unlike $process->{log}->slurp, qr/Worker \d+ stopped|DESTROY|hidden|first-password/, 'no worker was lost';
};

subtest 'SIGQUIT' => sub {
  my $ua = Mojo::UserAgent->new(request_timeout => 30);
  my ($code, $closed);
  $ua->get_p("$url/slow?seconds=5")->then(sub ($tx) { $code = $tx->res->code })->catch(sub ($e) { $code = $e });
  my $start = steady_time;
  Mojo::IOLoop->timer(0.7 => sub { kill 'QUIT', $process->{pid} });
  # A busy machine takes its time to pass the signal on, so it is asked more than once.
  my $asking = Mojo::IOLoop->recurring(0.8 => sub { $closed ||= !defined $code && status('/healthz') == 0 });
  Mojo::IOLoop->one_tick until defined $code || steady_time - $start > 25;
  Mojo::IOLoop->remove($asking);
  is $code, 200, 'the request in flight is answered';
  ok $closed, 'no new connections meanwhile';
  is finish($process, 30), 0, 'exit status';
  ok !-e $pidfile, 'pid file removed';
};

subtest 'the database is away' => sub {
  local @env{qw(MIGRATE_TIMEOUT SECRETS_DIR)}
    = (2, $server->secrets('blog', port => Mojo::IOLoop::Server->generate_port));
  my $failing = serve('script/serve');
  is finish($failing, 60), 1, 'the exit status of the migration';
  unlike $failing->{log}->slurp, qr/Listening/, 'no server';

  for my $signal (qw(QUIT TERM)) {
    $env{MIGRATE_TIMEOUT} = 60;
    my $waiting = serve('script/serve');
    ok wait_for(sub { $waiting->{log}->slurp =~ /waiting for the database/ }), 'waits';
    kill $signal, $waiting->{pid};
    is finish($waiting, 20), 143, "SIG$signal ends it at once";
  }
};

subtest 'no signing secret' => sub {
  my $unsigned = $server->secrets('blog');
  $unsigned->child('application', 'signing-secret')->remove;
  local $env{SECRETS_DIR} = $unsigned;
  my $failing = serve('script/serve');
  my $status  = finish($failing, 60) // 'still running';
  isnt $status, 0, "does not serve (status $status)";
  like $failing->{log}->slurp, qr{application/signing-secret cannot be read};
};

END {
  local $?;
  $_->{owner} == $$ and stop($_) for @processes;
}

done_testing;
