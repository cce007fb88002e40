use Mojo::Base -strict, -signatures;

use Test::More;
use Mojo::File qw(curfile);
use lib curfile->dirname->child('lib')->to_string;
use Test::Blog qw(app login migrate token);
use Test::Database;

local $ENV{DATABASE_TLS} = 'disable';
my $server  = Test::Database->start->create('blog');
my $secrets = $server->secrets('blog');
my $t       = app($secrets);

$t->get_ok('/readyz')->status_is(503)->content_is('schema version 0, needs 2');
is((migrate($secrets))[0], 0, 'migrated');
$t->get_ok('/readyz')->status_is(200)->content_is('ok');
$t->get_ok('/')->status_is(200)->text_is(title => 'Stagewright blog')->content_like(qr/No posts here/);

login($t);

sub post_ok ($title, $body) {
  $t->post_ok('/posts', form => {csrf_token => token($t, '/posts/new'), title => $title, body => $body});
}

subtest 'written and read back' => sub {
  post_ok("Gr\x{fc}\x{df}e \x{2603}", "First line\nsecond \x{1f600} line")->status_is(302)
    ->header_like(Location => qr{/posts/1\z});
  $t->get_ok('/posts/1')->status_is(200)->text_is('article h2' => "Gr\x{fc}\x{df}e \x{2603}")
    ->text_is('article .text' => "First line\nsecond \x{1f600} line");
  $t->get_ok('/')->text_is('article h2 a' => "Gr\x{fc}\x{df}e \x{2603}");
  is_deeply $server->admin('blog')->selectrow_arrayref('SELECT title, body FROM posts'),
    ["Gr\x{fc}\x{df}e \x{2603}", "First line\nsecond \x{1f600} line"], 'the row in the database';
};

subtest 'escaped' => sub {
  post_ok('<script>alert(1)</script>', '<script>alert("2")</script>')->status_is(302);
  for my $path ('/', '/posts/2') {
    $t->get_ok($path)->element_exists_not('script')->content_like(qr/&lt;script&gt;alert\(1\)&lt;/);
    $t->content_unlike(qr/<script/);
  }
};

subtest 'validation' => sub {
  my $count = sub { $server->admin('blog')->selectrow_array('SELECT count(*) FROM posts') };
  my $before = $count->();
  post_ok('', 'text')->status_is(400)->element_exists('#title-error')->element_exists_not('#body-error')
    ->text_like('textarea' => qr/\Atext\z/);
  post_ok('   ',       'text')->status_is(400)->element_exists('#title-error');
  post_ok('x' x 201,   'text')->status_is(400)->element_exists('#title-error');
  post_ok("a\0b",      'text')->status_is(400)->element_exists('#title-error');
  post_ok('title',     '')->status_is(400)->element_exists('#body-error')->element_exists('input[value=title]');
  post_ok('title',     'x' x 10_001)->status_is(400)->element_exists('#body-error');
  is $count->(), $before, 'nothing was stored';
  post_ok("\x{fc}" x 200, "\x{1f600}" x 10_000)->status_is(302);
  is $count->(), $before + 1, 'the longest allowed post was stored';
};

subtest 'paging, newest first' => sub {
  $t->app->posts->add("Number $_", 'text') for 1 .. 12;
  $t->get_ok('/')->text_is('article:first-of-type h2 a' => 'Number 12')->element_count_is('article', 10)
    ->element_exists('a[rel=next]')->element_exists_not('a[rel=prev]');
  my $next = $t->tx->res->dom->at('a[rel=next]')->{href};
  $t->get_ok($next)->text_is('article:first-of-type h2 a' => 'Number 2')->element_count_is('article', 5)
    ->element_exists_not('a[rel=next]')->element_exists('a[rel=prev]');
  $t->get_ok('/?page=99')->status_is(200)->content_like(qr/No posts here/);
  $t->get_ok("/?page=$_")->status_is(404) for '0', '-1', 'x', '9999999';
};

subtest 'not found' => sub {
  $t->get_ok("/posts/$_")->status_is(404)->content_like(qr/Page not found/)
    for '0', '999', '99999999999999999999', 'x', '1%27';
};

subtest 'rows of release 1 have no excerpt' => sub {
  $server->admin('blog')->do(q{INSERT INTO posts (title, body) VALUES ('Old', 'Old body')});
  $t->get_ok('/')->text_is('article:first-of-type .text' => 'Old body');
};

subtest 'delete' => sub {
  my $token = token($t, '/posts/1');
  $t->post_ok('/posts/1/delete')->status_is(403);
  $t->get_ok('/posts/1')->status_is(200);
  $t->post_ok('/posts/1/delete', form => {csrf_token => $token})->status_is(302);
  $t->get_ok('/posts/1')->status_is(404);
  $t->post_ok('/posts/1/delete', form => {csrf_token => $token})->status_is(404);
};

subtest 'an error is not shown' => sub {
  $server->admin('blog')->do('ALTER TABLE posts RENAME TO hidden');
  $t->get_ok('/')->status_is(500)->content_like(qr/Something went wrong/)->content_unlike(qr/DBD|SELECT|\.pm/);
  $server->admin('blog')->do('ALTER TABLE hidden RENAME TO posts');
  $t->get_ok('/')->status_is(200);
};

done_testing;
