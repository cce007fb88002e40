package Blog::Controller::Posts;
use Mojo::Base 'Mojolicious::Controller', -signatures;

sub list ($self) {
  my $page = $self->param('page') // 1;
  return $self->reply->not_found unless $page =~ /\A[1-9][0-9]{0,5}\z/;
  $self->render('posts/list', page => $page, %{$self->app->posts->page($page)});
}

sub show ($self) {
  my $post = $self->app->posts->find($self->stash('id')) or return $self->reply->not_found;
  $self->render('posts/show', post => $post);
}

sub form ($self) { $self->render('posts/form') }

sub add ($self) {
  my $v = $self->validation;

  # PostgreSQL text cannot hold a NUL character.
  $v->required('title', 'trim', 'not_empty')->size(1, 200)->like(qr/\A[^\0]*\z/);
  $v->required('body', 'not_empty')->size(1, 10_000)->like(qr/\A[^\0]*\z/);
  return $self->render('posts/form', status => 400) if $v->has_error;

  my $id = $self->app->posts->add($v->param('title'), $v->param('body'));
  $self->redirect_to('post', id => $id);
}

sub remove ($self) {
  $self->app->posts->remove($self->stash('id')) or return $self->reply->not_found;
  $self->redirect_to('posts');
}

1;
