/** What others must do takes longer than anybody wants to wait here; nothing has failed. */
export class StillWaiting extends Error {
  readonly logicalId: string

  constructor(logicalId: string, wanted: string) {
    super(`${logicalId} still waits: ${wanted}`)
    this.name = 'StillWaiting'
    this.logicalId = logicalId
  }
}
