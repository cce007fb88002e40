package Blog::Unavailable;
use Mojo::Base -base, -signatures;

use overload bool => sub {1}, '""' => sub ($self, @) { $self->reason . ' (' . $self->detail . ')' }, fallback => 1;

# "reason" may be shown to anyone, "detail" is for the log only.
# "ended" says that a session that was there is gone: nothing of its work was kept.
has [qw(reason detail ended)];

sub throw ($class, $reason, $detail, %more) { die $class->new(reason => $reason, detail => $detail, %more) }

1;
