/** What a certificate is for; one name or several of each kind. Without any: localhost, 127.0.0.1 and ::1. */
export type Names = {
  readonly dns?: string | readonly string[]
  readonly ip?: string | readonly string[]
  readonly email?: string | readonly string[]
  readonly uri?: string | readonly string[]
}
