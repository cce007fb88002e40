use Mojo::Base -strict, -signatures;

use Test::More;
use Mojo::File qw(curfile tempdir);
use lib curfile->dirname->child('lib')->to_string;
use Test::Blog qw(app write_file);
use Test::Database;

delete $ENV{DATABASE_TLS};
BAIL_OUT('This test needs the openssl program (Debian: apt-get install openssl)')
  if system 'openssl version >/dev/null 2>&1';

# A certificate that is its own authority and names "localhost" only.
sub certificate ($dir, $name) {
  system('openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=test -addext subjectAltName=DNS:localhost'
      . " -keyout $dir/$name.key -out $dir/$name.crt 2>/dev/null") == 0
    or BAIL_OUT('openssl req failed');
}

my $dir = tempdir;
certificate($dir, $_) for qw(server other);
my $server = Test::Database->start(
  files => {map { $_ => $dir->child($_)->slurp } 'server.key', 'server.crt'},
  conf  => {ssl => 'on', ssl_cert_file => '../server.crt', ssl_key_file => '../server.key'}
)->create('blog');

sub answer ($host, $ca) {
  my $secrets = $server->secrets('blog', host => $host);
  $secrets->child('database-ca')->make_path;
  write_file($secrets->child('database-ca', 'ca.crt'), $dir->child("$ca.crt")->slurp) if $ca;
  my $t = app($secrets);
  delete local $ENV{DATABASE_TLS};
  return $t->get_ok('/readyz')->status_is(503)->tx->res->body;
}

# 127.0.0.1 is the same server, but not the name in the certificate.
is answer('localhost', 'server'), 'schema version 0, needs 2', 'right authority, right name';
is answer('127.0.0.1', 'server'), 'database: TLS check failed', 'right authority, wrong name';
is answer('localhost', 'other'),  'database: TLS check failed', 'wrong authority';
is answer('localhost', ''),       'database: TLS check failed', 'no authority';

$server->down;
my $conf = $server->data . '/postgresql.conf';
write_file($conf, Mojo::File->new($conf)->slurp . "ssl = 'off'\n");
$server->up;
is answer('localhost', 'server'), 'database: TLS check failed', 'server without TLS';

done_testing;
