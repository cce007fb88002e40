use Mojo::Base -strict, -signatures;

use Test::More;
use Mojo::File qw(curfile tempdir);
use lib curfile->dirname->child('lib')->to_string;
use Mojo::IOLoop::Server;
use Mojo::Util qw(steady_time);
use Test::Blog qw(app token unready_in_time write_file);

# Nothing listens on this port.
my $port    = Mojo::IOLoop::Server->generate_port;
my $secrets = tempdir;
$secrets->child($_)->make_path for qw(application database);
my %database = (host => '127.0.0.1', port => $port, dbname => 'blog', user => 'blog', password => 'hidden-password');
write_file($secrets->child('database', $_), $database{$_}) for keys %database;
write_file($secrets->child('application', 'signing-secret'), "signing-secret\n");
write_file($secrets->child('application', 'author-password'), "author-password\n");
local $ENV{DATABASE_TLS} = 'disable';
my $t = app($secrets);

subtest 'process only' => sub {
  $t->get_ok('/healthz')->status_is(200)->content_is('ok');
  $t->get_ok('/version')->status_is(200)->json_is({revision => 'unknown'});
  local $ENV{BLOG_REVISION} = 'abc123';
  $t->get_ok('/version')->json_is({revision => 'abc123'});
  $t->get_ok('/blog.css')->status_is(200)->content_type_like(qr{text/css});
  is $t->app->secrets->[0], 'signing-secret', 'signing secret comes from its file, without the newline';
};

subtest 'slow page is off unless asked for' => sub {
  $t->get_ok('/slow')->status_is(404)->content_like(qr/Page not found/);
  local $ENV{BLOG_SLOW_PAGE} = '1';
  my $slow  = app($secrets);
  my $start = steady_time;
  $slow->get_ok('/slow?seconds=0.3')->status_is(200);
  cmp_ok steady_time - $start, '>=', 0.3, 'waited';
  $slow->get_ok("/slow?seconds=$_")->status_is(400) for '6', '5.1', '-1', 'x';
};

subtest 'no database' => sub {
  unready_in_time($t, 'unreachable');
  $t->get_ok('/')->status_is(503)->header_is('Retry-After' => 5)->content_like(qr/Temporarily unavailable/);
  $t->content_unlike(qr/hidden-password|DBI|\.pm/);
};

subtest 'no database that answers at all' => sub {
  # Accepts connections and stays silent.
  my $silent = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die $!;
  write_file($secrets->child('database', 'port'), $silent->sockport);
  unready_in_time($t, 'timed out');
  write_file($secrets->child('database', 'port'), $port);
};

subtest 'the log has no password' => sub {
  my $log = '';
  open my $handle, '>', \$log or die $!;
  my $saved = $t->app->log->handle;
  $t->app->log->handle($handle)->level('trace');
  $t->get_ok($_)->status_is(503) for '/', '/readyz';
  $t->app->log->handle($saved)->level('fatal');
  like $log,   qr/unreachable/;
  unlike $log, qr/hidden-password/;
};

subtest 'a missing secret file is named, its content never' => sub {
  my $file = $secrets->child('database', 'password');
  $file->remove;
  $t->get_ok('/readyz')->status_is(503)->content_is('database: secret missing');
  write_file($file, $database{password});
};

subtest 'login' => sub {
  $t->get_ok('/login')->status_is(200)->element_exists('form input[name=password][type=password]');
  my ($cookie) = grep { $_->name eq 'blog' } @{$t->tx->res->cookies};
  ok $cookie->httponly, 'HttpOnly';
  is $cookie->samesite, 'Lax', 'SameSite';
  ok !$cookie->secure, 'not Secure over http';
  for my $wrong ('', 'author-passwor', 'author-password2', "\x{263a}") {
    $t->post_ok('/login', form => {csrf_token => token($t, '/login'), password => $wrong})->status_is(403)
      ->content_like(qr/Wrong password/);
  }
  $t->get_ok('/posts/new')->status_is(302)->header_like(Location => qr{/login\z});
  $t->post_ok('/login', form => {csrf_token => token($t, '/login'), password => 'author-password'})->status_is(302);
  $t->get_ok('/posts/new')->status_is(200)->element_exists('textarea[name=body]');
  $t->post_ok('/logout', form => {csrf_token => token($t, '/posts/new')})->status_is(302);
  $t->get_ok('/posts/new')->status_is(302);
};

subtest 'a cookie signed with another secret is worth nothing' => sub {
  my $forged = app($secrets);
  $forged->ua->server->app->secrets(['guess']);
  $forged->app->plugins->unsubscribe('before_server_start');
  $forged->post_ok('/login', form => {csrf_token => token($forged, '/login'), password => 'author-password'});
  my ($cookie) = grep { $_->name eq 'blog' } @{$forged->tx->res->cookies};
  $t->reset_session;
  $t->get_ok('/posts/new', {Cookie => 'blog=' . $cookie->value})->status_is(302);
};

subtest 'CSRF' => sub {
  $t->reset_session;
  $t->post_ok($_, form => {password => 'author-password', title => 'a', body => 'b'})->status_is(403)
    ->content_like(qr/Not allowed/)
    for '/login', '/logout', '/posts', '/posts/1/delete';
  $t->post_ok('/login', form => {csrf_token => 'wrong', password => 'author-password'})->status_is(403);
  my $token = token($t, '/login');
  $t->post_ok('/posts', form => {csrf_token => $token, title => 'a', body => 'b'})->status_is(403);
};

subtest 'security headers' => sub {
  for my $path ('/login', '/healthz', '/', '/nowhere', '/blog.css') {
    $t->get_ok($path)->header_is('X-Content-Type-Options' => 'nosniff')->header_is('Referrer-Policy' => 'same-origin')
      ->header_like('Content-Security-Policy' => qr/default-src 'self';.*frame-ancestors 'none'/);
  }
};

subtest 'hypnotoad settings' => sub {
  my $config = $t->app->config->{hypnotoad};
  is_deeply $config->{listen}, ['http://*:8080'];
  is $config->{proxy},    1;
  is $config->{pid_file}, '/tmp/hypnotoad.pid';
  is $config->{graceful_timeout}, 20;
};

done_testing;
