package Blog::Pg;
use Mojo::Base 'Mojo::Pg', -signatures;

has 'credentials';

# Mojo::Pg asks for the password each time it opens a connection, so a rotated
# password is used from the next connection on, without a restart.
sub password ($self) { $self->credentials->get('database', 'password') }

1;
