import type { Principal } from '../../core/domain/access.ts'
import type { ErrorTable } from './errors.ts'
import type { StructureShape, ValueOf } from './shapes/shape.ts'
import type { Protocol } from './wire/protocol.ts'

/** One operation of a service. */
export type Operation = {
  readonly input: StructureShape
  /** Absent where the answer says nothing. */
  readonly output?: StructureShape
  /** Error types that its clients know; others come to them as errors without a class of their own. */
  readonly errors: readonly string[]
  /** REST-JSON: where it is. */
  readonly http?: { readonly method: 'POST' | 'DELETE'; readonly path: string }
}
export type Operations = { readonly [name: string]: Operation }

export type InputOf<O extends Operation> = ValueOf<O['input']>
export type OutputOf<O extends Operation> = O extends { readonly output: infer S extends StructureShape }
  ? ValueOf<S>
  : undefined

/** For what holds a chain of 2 MiB in base64, a certificate, and some air; whoever sends it has shown a key that is known. */
export const CHAIN_BODY_LIMIT = 4 * 1024 * 1024

/** A service as its clients know it: one table. */
export type Service<Ops extends Operations = Operations> = {
  /** As credentials are scoped to it. */
  readonly name: string
  readonly protocol: Protocol
  /** AWS JSON: what stands before the operation in `X-Amz-Target`. */
  readonly target?: string
  /** Most octets in a body. */
  readonly bodyLimit: number
  readonly operations: Ops
  readonly errors: ErrorTable
}

/** What a handler gets: a principal that is who it says, and an input that satisfies every constraint. */
export type Call<O extends Operation> = { readonly principal: Principal; readonly input: InputOf<O> }

/** One handler an operation: it translates to and from an operation of the core, and decides nothing. */
export type HandlersOf<Ops extends Operations> = {
  readonly [Name in keyof Ops]: (call: Call<Ops[Name]>) => Promise<OutputOf<Ops[Name]>>
}

type AnyHandler = (call: { readonly principal: Principal; readonly input: unknown }) => Promise<unknown>

/** A service with what answers for it. */
export type Served = {
  readonly service: Service
  readonly handlers: { readonly [name: string]: AnyHandler | undefined }
}

/** Handlers are typed one by one; who looks them up by a name from the wire can't say which is whose. */
export const served = <Ops extends Operations>(service: Service<Ops>, handlers: HandlersOf<Ops>): Served => ({
  service,
  handlers: handlers as unknown as Served['handlers'],
})
