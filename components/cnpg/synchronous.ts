/** Whether each commit waits for a standby: with fewer than three instances, one that fails would stop all writes. */
export const isSynchronous = (instances: number) => instances >= 3;
