import { isoOf, type Millis } from './time.ts'

/** A place in the chain of audit events: an event's number, from 1 without gaps, and the hash up to it, in hex. */
export type ChainPlace = { readonly id: number; readonly hash: string }

/** Before the first event. */
export const CHAIN_START: ChainPlace = { id: 0, hash: '0'.repeat(64) }

/** An event with its place: `hash` is SHA-256 over the previous event's hash (32 octets) and the record in UTF-8. */
export type ChainedEvent = ChainPlace & {
  /** The record's JSON text: the very octets that were hashed. */
  readonly record: string
}

/** Who signed a statement, and the signature (Ed25519, RFC 8032) in base64. */
export type StatementSignature = {
  /** SHA-256 of the public key (SubjectPublicKeyInfo), in hex. */
  readonly key: string
  readonly signature: string
}

/** Says how far the chain of an installation reached, and what it was. */
export type Checkpoint = ChainPlace & { readonly installation: string; readonly at: Millis }
export type SignedCheckpoint = Checkpoint & StatementSignature

/** A stretch of the chain that was taken out of the database. */
export type ArchivedStretch = {
  readonly installation: string
  readonly first: number
  readonly last: number
  /** Hash of the event before the first one. */
  readonly before: string
  /** Of the last one. */
  readonly hash: string
  readonly at: Millis
}
export type SignedArchive = ArchivedStretch & StatementSignature

/**
 * What a checkpoint's signature is over. The first line says what it is, so that no signature over anything else can be
 * taken for one.
 */
export const checkpointText = ({ installation, id, hash, at }: Checkpoint): string =>
  `chancery-audit-checkpoint/1\n${installation}\n${id}\n${hash}\n${isoOf(at)}\n`

/** What an archive's signature is over: its events follow from the hashes. */
export const archiveText = (stretch: ArchivedStretch): string =>
  archiveStatement('chancery-audit-archive/1', stretch)

/** What a signature over a stretch of a chain is over; the first line says what kind of chain it is. */
export const archiveStatement = (
  kind: string,
  { installation, first, last, before, hash, at }: ArchivedStretch,
): string => `${kind}\n${installation}\n${first}\n${last}\n${before}\n${hash}\n${isoOf(at)}\n`

/** What an archive's file is called: in order of events, as a directory lists them. */
export const archiveName = ({ first, last }: Pick<ArchivedStretch, 'first' | 'last'>): string =>
  `audit-${String(first).padStart(12, '0')}-${String(last).padStart(12, '0')}.jsonl.gz`

const CHECKPOINTS = 'chancery-audit-checkpoints/1'
const CHECKPOINT = 'chancery-audit-checkpoint/1'
const TRAIL = 'chancery-audit-trail/1'

/** The head of a file of checkpoints. `publicKey`: PEM. */
export type CheckpointsHead = { readonly installation: string; readonly publicKey: string }

/**
 * The head of a file of events: which comes first, and the hash before it. An archive is signed, and says where it ends
 * and which key signed it.
 */
export type TrailHead = {
  readonly installation: string
  readonly first: number
  readonly before: string
  readonly archive?: SignedArchive & { readonly publicKey: string }
}

/** What the database says beside a record: look-ups go by it, and the hash isn't over it. */
export type EventColumns = {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly time: number
}
/** A part of an audit trail, as it comes out of a file or a database. */
export type TrailPart =
  | { readonly head: TrailHead }
  /** What is said of an archive, whether its events came or not. */
  | { readonly archived: SignedArchive }
  | { readonly event: ChainedEvent; readonly columns?: EventColumns }
  | { readonly unreadable: string }

export const checkpointsHeadLine = ({ installation, publicKey }: CheckpointsHead): string =>
  JSON.stringify({ format: CHECKPOINTS, installation, publicKey })

export const checkpointLine = ({ installation, id, hash, at, key, signature }: SignedCheckpoint): string =>
  JSON.stringify({ format: CHECKPOINT, installation, id, hash, at: isoOf(at), key, signature })

export function trailHeadLine({ installation, first, before, archive }: TrailHead): string {
  const head = { format: TRAIL, installation, first, before }
  if (archive === undefined) return JSON.stringify(head)
  const { last, hash, at, key, signature, publicKey } = archive
  return JSON.stringify({ ...head, last, hash, at: isoOf(at), key, signature, publicKey })
}

/** One event on a line: JSON, with the record's text as it was hashed. */
export const eventLine = ({ id, hash, record }: ChainedEvent): string =>
  `{"id":${id},"hash":"${hash}","record":${record}}`

/** What a line of a file about the audit trail may be. */
export type TrailLine =
  | { readonly event: ChainedEvent }
  | { readonly head: TrailHead }
  | { readonly checkpoints: CheckpointsHead }
  /** With PEM of the key, where it came by itself. */
  | { readonly checkpoint: SignedCheckpoint; readonly publicKey: string | undefined }

const EVENT = /^\{"id":([0-9]{1,15}),"hash":"([0-9a-f]{64})","record":(\{.*\})\}$/
const HASH = /^[0-9a-f]{64}$/

/** Reads a line; undefined for one that is none of ours, or damaged. */
export function trailLineFrom(line: string): TrailLine | undefined {
  const [, id, hash = '', record = ''] = EVENT.exec(line) ?? []
  if (id !== undefined) return { event: { id: Number(id), hash, record } }
  const value = membersIn(line)
  switch (value?.['format']) {
    case CHECKPOINTS:
      return isText(value['installation']) && isText(value['publicKey'])
        ? { checkpoints: { installation: value['installation'], publicKey: value['publicKey'] } }
        : undefined
    case CHECKPOINT:
      return checkpointIn(value)
    case TRAIL:
      return trailHeadIn(value)
    default:
      return undefined
  }
}

type Members = Readonly<Record<string, unknown>>

function checkpointIn(value: Members): TrailLine | undefined {
  const { installation, id, hash, publicKey } = value
  const signed = signatureIn(value)
  if (!isText(installation) || !isCount(id) || !isHash(hash) || signed === undefined) return undefined
  return {
    checkpoint: { installation, id, hash, ...signed },
    publicKey: isText(publicKey) ? publicKey : undefined,
  }
}

function trailHeadIn(value: Members): TrailLine | undefined {
  const { installation, first, before, last } = value
  if (!isText(installation) || !isCount(first) || !isHash(before)) return undefined
  const head = { installation, first, before }
  if (last === undefined) return { head }
  const archive = signedArchiveIn(value)
  const { publicKey } = value
  return archive !== undefined && isText(publicKey)
    ? { head: { ...head, archive: { ...archive, publicKey } } }
    : undefined
}

/** A signed stretch of a chain as it stands in files; undefined when a part of it is missing. */
export function signedArchiveIn(value: Members): SignedArchive | undefined {
  const { installation, first, before, last, hash } = value
  const signed = signatureIn(value)
  if (!isText(installation) || !isCount(first) || !isHash(before) || signed === undefined) return undefined
  if (!isCount(last) || !isHash(hash)) return undefined
  return { installation, first, before, last, hash, ...signed }
}

/** Only a time spelled as it was signed: the signature is over its text. */
function signatureIn({ at, key, signature }: Members): (StatementSignature & { at: Millis }) | undefined {
  const time = isText(at) ? Date.parse(at) : Number.NaN
  if (Number.isNaN(time) || isoOf(time) !== at || !isHash(key) || !isText(signature)) return undefined
  return { at: time, key, signature }
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isHash = (value: unknown): value is string => isText(value) && HASH.test(value)
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** The members of a JSON object; undefined when it is none. */
export function membersIn(line: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Members)
      : undefined
  } catch {
    return undefined
  }
}
