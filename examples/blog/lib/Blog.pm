package Blog;
use Mojo::Base 'Mojolicious', -signatures;

use Blog::Database;
use Blog::Model::Posts;
use Blog::Secrets;
use Blog::Sessions;
use Mojo::Log;
use Mojo::Pg::Migrations;
use Scalar::Util qw(blessed);

has credentials     => sub { Blog::Secrets->new };
has database        => sub ($self) { Blog::Database->new(credentials => $self->credentials) };
has posts           => sub ($self) { Blog::Model::Posts->new(database => $self->database) };
# Debug pages only for those who ask for them.
has mode            => sub { $ENV{MOJO_MODE} || 'production' };
has migrations_file => sub ($self) { $self->home->child('migrations', 'blog.sql')->to_string };
has needed_schema   => sub ($self) { Mojo::Pg::Migrations->new->from_file($self->migrations_file)->latest };

my %SECURITY_HEADERS = (
  'Content-Security-Policy' => "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'Referrer-Policy'         => 'same-origin',
  'X-Content-Type-Options'  => 'nosniff',
);

sub startup ($self) {
  $self->log(Mojo::Log->new(handle => \*STDERR, level => $self->log->level));
  $self->max_request_size(256 * 1024);
  $self->config(hypnotoad => _hypnotoad());
  $self->sessions(Blog::Sessions->new(cookie_name => 'blog', default_expiration => 8 * 3600));
  push @{$self->commands->namespaces}, 'Blog::Command';

  # Only a server needs this secret, commands do not.
  $self->hook(before_server_start =>
      sub ($server, $app) { $app->secrets([$app->credentials->get('application', 'signing-secret')]) });
  $self->hook(before_dispatch =>
      sub ($c) { $c->res->headers->header($_ => $SECURITY_HEADERS{$_}) for keys %SECURITY_HEADERS });
  $self->hook(around_action => \&_database_errors);

  $self->_routes;
}

sub _routes ($self) {
  $self->routes->add_type(id => qr/[1-9][0-9]{0,17}/);
  my $all = $self->routes->under('/' => \&_csrf);

  $all->get('/healthz')->to('health#live');
  $all->get('/readyz')->to('health#ready');
  $all->get('/version')->to('health#version');

  # A sample of a page that takes long; rollout tests hold requests open with it.
  $all->get('/slow')->to('health#slow') if ($ENV{BLOG_SLOW_PAGE} // '') eq '1';

  $all->get('/')->to('posts#list')->name('posts');
  $all->get('/login')->to('login#form')->name('login');
  $all->post('/login')->to('login#enter');
  $all->post('/logout')->to('login#leave')->name('logout');

  my $author = $all->under('/posts' => \&_author);
  $author->get('/new')->to('posts#form')->name('new_post');
  $author->post('/')->to('posts#add')->name('add_post');
  $author->post('/<id:id>/delete')->to('posts#remove')->name('delete_post');
  $all->get('/posts/<id:id>')->to('posts#show')->name('post');
}

# For every POST of the application, so that no new route can forget it.
sub _csrf ($c) {
  return 1 if $c->req->method =~ /\A(?:GET|HEAD)\z/;
  return 1 unless $c->validation->csrf_protect->has_error('csrf_token');
  $c->render('forbidden', status => 403);
  return 0;
}

sub _author ($c) {
  return 1 if $c->session('author');
  if   ($c->req->method eq 'POST') { $c->render('forbidden', status => 403) }
  else                             { $c->redirect_to('login') }
  return 0;
}

sub _database_errors ($next, $c, $action, $last) {
  my $result;
  return $result if eval { $result = $next->(); 1 };

  my $error = $@;
  die $error unless blessed $error && $error->isa('Blog::Unavailable');
  $c->app->log->warn("unavailable: $error");
  $c->res->headers->header('Retry-After' => 5);
  $c->render('unavailable', status => 503);
  return 0;
}

sub _hypnotoad {
  return {
    listen             => [$ENV{BLOG_LISTEN} || 'http://*:8080'],
    proxy              => 1,
    workers            => $ENV{BLOG_WORKERS} || 2,
    graceful_timeout   => 20,
    heartbeat_interval => 5,

    # Must exceed the longest blocking wait on the database.
    heartbeat_timeout => 30,

    # Longer than the proxy keeps an idle connection, else it may pick one that
    # is just being closed and answer 502.
    keep_alive_timeout => 75,
    pid_file           => $ENV{PID_FILE} || '/tmp/hypnotoad.pid',
  };
}

1;
