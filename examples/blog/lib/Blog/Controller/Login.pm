package Blog::Controller::Login;
use Mojo::Base 'Mojolicious::Controller', -signatures;

use Digest::SHA qw(sha256_hex);
use Mojo::Util qw(encode secure_compare);

sub form ($self) { $self->render('login/form', failed => 0) }

sub enter ($self) {
  my $expected = $self->app->credentials->get('application', 'author-password');
  my $given    = encode 'UTF-8', $self->param('password') // '';

  # secure_compare tells the length; digests all have the same one.
  return $self->render('login/form', failed => 1, status => 403)
    unless secure_compare sha256_hex($given), sha256_hex($expected);

  delete $self->session->{csrf_token};
  $self->session(author => 1);
  $self->redirect_to('new_post');
}

sub leave ($self) {
  $self->session(expires => 1);
  $self->redirect_to('posts');
}

1;
