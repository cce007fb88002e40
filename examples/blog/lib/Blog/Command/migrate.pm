package Blog::Command::migrate;
use Mojo::Base 'Mojolicious::Command', -signatures;

use Blog::Database;
use Mojo::Util qw(steady_time);
use Scalar::Util qw(blessed);
use Time::HiRes qw(sleep);

has description => 'Bring the database schema to the version of this release';
has usage       => "Usage: blog migrate\n\nMIGRATE_TIMEOUT: seconds to wait for the database (60).\n";

# Any fixed number; all replicas must use the same one.
my $LOCK = 5_871_209_346;

sub run ($self, @args) {
  my $timeout = $ENV{MIGRATE_TIMEOUT} // 60;
  _fail('MIGRATE_TIMEOUT must be a number of seconds') unless $timeout =~ /\A[0-9]+\z/;
  my $deadline = steady_time + $timeout;

  # A table lock held by a running query must not block the visitors queued
  # behind this one for long; failing lets the pod try again.
  my $database = Blog::Database->new(
    credentials => $self->app->credentials,
    settings    => {statement_timeout => 0, lock_timeout => '10s'}
  );

  my ($said, $said_at) = ('', 0);
  until (eval { _migrate($self->app, $database, $deadline); 1 }) {
    my $error = $@;
    _fail(_one_line($error)) unless blessed $error && $error->isa('Blog::Unavailable');

    my $left = int($deadline - steady_time);
    _fail("the database was not available within $timeout s: $error") if $left <= 0;
    if ($said ne "$error" || steady_time - $said_at >= 5) {
      _say("waiting for the database, $left s left: $error");
      ($said, $said_at) = ("$error", steady_time);
    }
    sleep 1;
  }
}

sub _migrate ($app, $database, $deadline) {
  $database->run(sub ($db) {

    # Mojo::Pg::Migrations locks its own table, but on an empty database several
    # replicas would race to create that table. The lock ends with $db's session.
    my $told;
    until ($db->query('SELECT pg_try_advisory_lock(?)', $LOCK)->array->[0]) {
      die "another replica held the migration lock for too long\n" if steady_time >= $deadline;
      _say('another replica is migrating, waiting') unless $told++;
      sleep 0.2;
    }

    my $migrations = $database->pg->migrations->name('blog')->from_file($app->migrations_file);
    my ($active, $latest) = ($migrations->active, $migrations->latest);
    my $ok = eval {
      if    ($active > $latest)  { _say("schema version $active is newer than this release ($latest), nothing to do") }
      elsif ($active == $latest) { _say("schema is at version $latest, nothing to do") }
      else {
        _say("schema is at version $active, migrating to $latest");
        $migrations->migrate;
        _say("schema is now at version $latest");
      }
      1;
    };
    my $error = $@;
    eval { $db->query('SELECT pg_advisory_unlock(?)', $LOCK) };
    die $error unless $ok;
  });
}

sub _fail ($text) {
  _say("failed: $text");
  exit 1;
}

sub _one_line ($text) { $text =~ s/\s+/ /gr =~ s/ \z//r =~ s/ at \S+ line \d+\.?\z//r }

sub _say ($text) { print STDERR "migrate: $text\n" }

1;
