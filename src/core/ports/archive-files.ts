/** Files that are written once and kept for years. */
export type ArchiveFiles = {
  /**
   * Writes lines, compressed, under this name; down to the disk, and whole or not at all. What was there is replaced.
   * @throws unavailable when there is no room
   */
  write(
    name: string,
    lines: AsyncIterable<string>,
  ): Promise<{
    /** Octets. */
    readonly size: number
    /** Of the file, in hex. */
    readonly sha256: string
  }>
  /** Its lines, several at a time. @throws Error when it can't be read */
  lines(name: string): AsyncIterable<readonly string[]>
  /** As it is on the disk. */
  read(name: string): AsyncIterable<Uint8Array>
  /** Octets; undefined when it isn't there. */
  size(name: string): Promise<number | undefined>
}
