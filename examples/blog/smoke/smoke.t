use Mojo::Base -strict, -signatures;

# Against a deployed blog: SMOKE_URL=https://blog.example.org prove smoke
# With AUTHOR_PASSWORD_FILE it also writes a post, reads it back and deletes it.

use Mojo::File qw(path);
use Test::Mojo;
use Test::More;

my $url = $ENV{SMOKE_URL} // BAIL_OUT('SMOKE_URL is not set');
$url =~ s{/+\z}{};
my $t = Test::Mojo->new;
$t->ua->connect_timeout(5)->request_timeout(15);

$t->get_ok("$url/healthz")->status_is(200)->content_is('ok');
$t->get_ok("$url/readyz")->status_is(200)->content_is('ok');
$t->get_ok("$url/")->status_is(200)->text_is(title => 'Stagewright blog');

if (my $file = $ENV{AUTHOR_PASSWORD_FILE}) {
  my $password = path($file)->slurp =~ s/\R\z//r;
  my $token    = sub ($path) {
    my $input = $t->ua->get("$url$path")->res->dom->at('main input[name=csrf_token]');
    return $input ? $input->{value} : '';
  };
  $t->post_ok("$url/login", form => {csrf_token => $token->('/login'), password => $password})->status_is(302);

  my $text = sprintf 'Smoke test %d-%d', time, $$;
  $t->post_ok("$url/posts", form => {csrf_token => $token->('/posts/new'), title => $text, body => $text})
    ->status_is(302);
  my ($path) = ($t->tx->res->headers->location // '') =~ m{(/posts/\d+)\z};
  ok $path, 'the address of the new post' or BAIL_OUT('the post was not accepted');
  $t->get_ok("$url$path")->status_is(200)->text_is('article h2' => $text);
  $t->post_ok("$url$path/delete", form => {csrf_token => $token->($path)})->status_is(302);
  $t->get_ok("$url$path")->status_is(404);
}

done_testing;
