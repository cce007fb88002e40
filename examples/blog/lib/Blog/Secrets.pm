package Blog::Secrets;
use Mojo::Base -base, -signatures;

use Blog::Unavailable;
use Mojo::File qw(path);

has root => sub { $ENV{SECRETS_DIR} || '/run/secrets' };

sub path_of ($self, $binding, $key) { path($self->root, $binding, $key)->to_string }

# Never cached: Kubernetes replaces the files when a secret is rotated.
sub get ($self, $binding, $key) {
  my $value = eval { path($self->path_of($binding, $key))->slurp };
  Blog::Unavailable->throw('secret missing', "the secret file $binding/$key cannot be read") unless defined $value;
  $value =~ s/\R\z//;
  Blog::Unavailable->throw('secret missing', "the secret file $binding/$key is empty") unless length $value;
  return $value;
}

1;
