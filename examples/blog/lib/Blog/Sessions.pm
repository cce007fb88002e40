package Blog::Sessions;
use Mojo::Base 'Mojolicious::Sessions', -signatures;

# "secure" is one setting for the whole application, but the scheme differs
# from request to request (https through the proxy, http in tests).
sub store ($self, $c) {
  local $self->{secure} = $c->req->is_secure;
  return $self->SUPER::store($c);
}

1;
