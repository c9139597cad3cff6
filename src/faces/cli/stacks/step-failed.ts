import type { TypeName } from './types/resource-types.ts'

/** A resource couldn't be made what it is to be; the cause says why. */
export class StepFailed extends Error {
  readonly logicalId: string
  readonly type: TypeName

  constructor(logicalId: string, type: TypeName, cause: unknown) {
    super(`${logicalId} (${type}) failed`, { cause })
    this.name = 'StepFailed'
    this.logicalId = logicalId
    this.type = type
  }
}
