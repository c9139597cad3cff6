/** What a file may hold. `combined`: certificate, chain and key in one file, as HAProxy takes them. */
export const CONTENTS = ['fullchain', 'cert', 'chain', 'key', 'combined', 'pkcs12', 'jks'] as const
export type Content = (typeof CONTENTS)[number]

/** Whether a file of that kind has a private key in it. */
export const hasKey = (content: Content): boolean => !['fullchain', 'cert', 'chain'].includes(content)
/** Whether it is a key store, under a passphrase. */
export const isKeyStore = (content: Content): content is 'pkcs12' | 'jks' =>
  content === 'pkcs12' || content === 'jks'
/** Permission bits: 0600 with a private key, 0644 without, unless the configuration says. */
export const modeOf = ({
  mode,
  content,
}: {
  readonly mode?: string | undefined
  readonly content: Content
}): number => (mode === undefined ? (hasKey(content) ? 0o600 : 0o644) : Number.parseInt(mode, 8))
