/** How long a failover drill waits for any one thing. */
export const WAIT_SECONDS = 240;

/** For a cloud that stops a machine; below what cutting a node off is to take. */
export const NODE_COMMAND_SECONDS = 120;

/**
 * After so long the writer ends by itself, where nobody is left to end it. No drill takes longer: until it writes
 * steadily, another instance has taken over, it is written to, and all are back; a command that cuts a node off and one
 * that joins it again; and what is asked in between.
 */
export const WRITER_SECONDS = 4 * WAIT_SECONDS + 2 * NODE_COMMAND_SECONDS + 300;
