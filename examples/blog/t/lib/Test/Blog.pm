package Test::Blog;
use Mojo::Base -strict, -signatures;

use Exporter qw(import);
use File::Temp qw(tempfile);
use List::Util qw(min);
use Mojo::File qw(curfile path);
use Mojo::UserAgent;
use Mojo::Util qw(steady_time);
use Test::Mojo;
use Test::More;
use Time::HiRes qw(sleep);

our @EXPORT_OK = qw(app finish home login migrate spawn stop token unready_in_time wait_for write_file);

sub home { curfile->dirname->dirname->dirname->dirname }

# Mojo::File calls it spurt or spew, depending on the version.
sub write_file ($file, $content) {
  open my $handle, '>', $file or die "$file: $!";
  print $handle $content;
  close $handle or die "$file: $!";
}

sub app ($secrets) {
  local $ENV{SECRETS_DIR}  = $secrets;
  local $ENV{DATABASE_TLS} = 'disable';
  my $t = Test::Mojo->new('Blog');
  $t->app->mode('production')->credentials->root("$secrets");
  $t->app->log->level($ENV{TEST_VERBOSE} ? 'debug' : 'fatal');
  return $t;
}

sub token ($t, $path) { $t->ua->get($path)->res->dom->at('input[name=csrf_token]')->{value} }

sub login ($t) {
  $t->post_ok('/login', form => {csrf_token => token($t, '/login'), password => 'author-password-of-the-tests'})
    ->status_is(302);
}

# A probe that fails is answered in time. A busy machine only adds to that, so of up to three answers the quickest counts.
sub unready_in_time ($t, $reason) {
  my @seconds;
  until (@seconds && (@seconds == 3 || $seconds[-1] < 2.5)) {
    my $start = steady_time;
    $t->get_ok('/readyz')->status_is(503)->content_is("database: $reason");
    push @seconds, steady_time - $start;
  }
  cmp_ok min(@seconds), '<', 2.5, 'answers in time';
}

# Starts a program in a process group of its own, output in a file.
sub spawn ($env, @command) {
  my (undef, $log) = tempfile('blog-out-XXXXXX', TMPDIR => 1, UNLINK => 1);
  my $pid = fork // die "fork: $!";
  if (!$pid) {
    setpgrp;
    delete @ENV{grep {/\AHYPNOTOAD_|\AMOJO_/} keys %ENV};
    @ENV{keys %$env} = map {"$_"} values %$env;
    $ENV{DATABASE_TLS} //= 'disable';

    # Perl itself would speak of a locale that is named and not installed.
    $ENV{PERL_BADLANG} = 0;
    chdir home();
    open STDOUT, '>>', $log;
    open STDERR, '>&', \*STDOUT;
    exec @command or exit 127;
  }
  return {pid => $pid, log => path($log), owner => $$, running => 1};
}

# The exit status, or undef when the program still runs after the time.
sub finish ($process, $seconds) {
  my $end = steady_time + $seconds;
  while (steady_time < $end) {
    if (waitpid($process->{pid}, 1) == $process->{pid}) {
      $process->{running} = 0;
      return $? & 127 ? "signal " . ($? & 127) : $? >> 8;
    }
    sleep 0.05;
  }
  return undef;
}

sub stop ($process) {
  return unless $process->{running};
  kill 'KILL', -$process->{pid};
  finish($process, 5);
}

sub migrate ($secrets, %env) {
  my $process = spawn({SECRETS_DIR => $secrets, %env}, $^X, 'script/blog', 'migrate');
  my $status  = finish($process, 60) // 'still running';
  stop($process);
  return ($status, $process->{log}->slurp);
}

sub wait_for ($code, $seconds = 60) {
  my $end = steady_time + $seconds;
  while (steady_time < $end) {
    return 1 if $code->();
    sleep 0.1;
  }
  return 0;
}

1;
