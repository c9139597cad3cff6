/** Where every event of the audit trail goes as it happens. */
export type AuditSink = {
  /** For the log. */
  readonly name: string
  /**
   * Resolves when it has them for good. The same events may come again, after a crash or from another server.
   * @param lines a head, then events; see core/domain/audit-trail.ts
   * @param first number of the first one
   * @param last of the last one
   * @throws Error saying why it hasn't
   */
  take(lines: string, first: number, last: number, stopping?: AbortSignal): Promise<void>
}
