import type { ObjectSource, OutgoingObject } from '../domain/outgoing-objects.ts'
import type { Millis } from '../domain/time.ts'
import type { Write } from './write.ts'

/** Writes about what is to be written to a storage elsewhere. */
export type OutgoingObjectWrites = {
  readonly outgoingObjects: {
    /** Due at once, unless it was waiting already: then it stays as it was, but for what it stands for. */
    add(source: ObjectSource, at: Millis): Write
    /** It is written, unless it has changed since. */
    settle(object: OutgoingObject): Write
    /** It failed once more. */
    postpone(object: OutgoingObject, until: Millis): Write
  }
}

/** Reads about what is to be written to a storage elsewhere. */
export type OutgoingObjectReads = {
  readonly outgoingObjects: {
    /** The longest due first. */
    due(now: Millis, limit: number): Promise<readonly OutgoingObject[]>
    /** How many there are, due or not. */
    count(): Promise<number>
  }
}
