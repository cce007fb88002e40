package Blog::Model::Posts;
use Mojo::Base -base, -signatures;

has 'database';
has per_page => 10;

my $CREATED = q{to_char(created AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS created};

# One row more than a page holds tells whether there is a next page.
sub page ($self, $number) {
  my $size = $self->per_page;
  my $rows = $self->database->read(sub ($db) {
    # Version 1 of the schema had no excerpt, and its code may still write rows.
    $db->query(
      "SELECT id, title, coalesce(excerpt, left(body, 200)) AS excerpt, $CREATED
       FROM posts ORDER BY id DESC LIMIT ? OFFSET ?", $size + 1, $size * ($number - 1)
    )->hashes->to_array;
  });
  my $more = @$rows > $size;
  pop @$rows if $more;
  return {posts => $rows, more => $more};
}

sub find ($self, $id) {
  return $self->database->read(
    sub ($db) { $db->query("SELECT id, title, body, $CREATED FROM posts WHERE id = ?", $id)->hash });
}

sub add ($self, $title, $body) {
  return $self->database->run(sub ($db) {
    $db->query('INSERT INTO posts (title, body, excerpt) VALUES (?, ?, ?) RETURNING id',
      $title, $body, substr($body, 0, 200))->hash->{id};
  });
}

sub remove ($self, $id) {
  return $self->database->run(sub ($db) { $db->query('DELETE FROM posts WHERE id = ?', $id)->rows });
}

1;
