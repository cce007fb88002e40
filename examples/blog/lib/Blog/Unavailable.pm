package Blog::Unavailable;
use Mojo::Base -base, -signatures;

use overload bool => sub {1}, '""' => sub ($self, @) { $self->reason . ' (' . $self->detail . ')' }, fallback => 1;

# "reason" may be shown to anyone, "detail" is for the log only.
has [qw(reason detail)];

sub throw ($class, $reason, $detail) { die $class->new(reason => $reason, detail => $detail) }

1;
