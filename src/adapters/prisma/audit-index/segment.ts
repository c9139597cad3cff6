/** Events of one segment of the lowest level: fewer than that are looked through by whoever looks something up. */
export const SEGMENT = 4096
/** Of the index's tables. */
export const INDEX_VERSION = 1
