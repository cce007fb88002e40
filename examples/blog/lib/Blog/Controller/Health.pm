package Blog::Controller::Health;
use Mojo::Base 'Mojolicious::Controller', -signatures;

use Mojo::IOLoop;
use Scalar::Util qw(blessed);

# Must not depend on the database: a restart would not bring it back.
sub live ($self) { $self->render(text => 'ok') }

sub ready ($self) {
  my $needed = $self->app->needed_schema;
  my $active = eval { $self->app->database->schema_version };
  if (defined $active) {
    return $self->render(text => 'ok') if $active >= $needed;
    return $self->render(text => "schema version $active, needs $needed", status => 503);
  }

  my $error = $@;
  $self->app->log->warn("not ready: $error");
  my $reason = blessed $error && $error->isa('Blog::Unavailable') ? $error->reason : 'query failed';
  $self->render(text => "database: $reason", status => 503);
}

# From the environment, not the image: one image is promoted unchanged.
sub version ($self) { $self->render(json => {revision => $ENV{BLOG_REVISION} || 'unknown'}) }

sub slow ($self) {
  my $seconds = $self->param('seconds') // 1;
  return $self->render(text => 'seconds must be between 0 and 5', status => 400)
    unless $seconds =~ /\A[0-9]{1,2}(?:\.[0-9]{1,3})?\z/ && $seconds <= 5;

  # The controller alone does not keep the transaction alive until then.
  my $tx = $self->render_later->tx;
  Mojo::IOLoop->timer(
    $seconds => sub {
      $self->render(text => "waited $seconds s");
      undef $tx;
    }
  );
}

1;
