import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { CONTENTS } from './contents.ts'

const DEFAULT_STATE = '/var/lib/chancery/renew'
const DEFAULT_RELOAD_SECONDS = 60

const absolute = z
  .string()
  .max(1000)
  .refine((path) => isAbsolute(path) && !path.includes('\0'), 'an absolute path is expected')
const account = (what: string) => {
  const error = `the name or number of a ${what} is expected`
  const number = z.number().int(error).min(0, error).max(4_294_967_294, error)
  return z.union([number, z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}\$?$/, error)], error).optional()
}

const file = z.strictObject({
  path: z.string('the path of a file is expected').min(1).max(1000),
  content: z.enum(CONTENTS, `one of ${CONTENTS.join(', ')} is expected`),
  owner: account('user'),
  group: account('group'),
  mode: z
    .string('a mode in quotes is expected, such as "0640": YAML takes bare ones for other numbers')
    .regex(/^0?[0-7]{3}$/, 'a mode of three octal digits is expected, such as "0640"')
    .optional(),
  passphraseFile: absolute.optional(),
  alias: z.string().min(1).max(128).optional(),
})

const COMMAND = 'a command is expected: a list of words, or one line for the shell'
const command = z.union([z.string().min(1, COMMAND), z.array(z.string(COMMAND)).min(1, COMMAND)], COMMAND)
const entry = z.strictObject({
  certificate: z
    .string('a managed certificate is expected: its id, ARN or first name')
    .min(1)
    .max(300)
    .regex(/^[^\p{Cc}]+$/u, 'no control characters'),
  names: z.array(z.string().min(1).max(253)).min(1).max(100).optional(),
  directory: absolute.optional(),
  files: z.array(file, 'a list of files is expected').min(1, 'at least one file is expected').max(50),
  reload: command.optional(),
  reloadSeconds: z
    .number('a number of seconds is expected')
    .int('a whole number of seconds is expected')
    .min(1, 'from 1 to 3600 seconds are possible')
    .max(3600, 'from 1 to 3600 seconds are possible')
    .default(DEFAULT_RELOAD_SECONDS),
})

export const renewalConfig = z.strictObject(
  {
    server: z
      .strictObject({
        url: z.string().optional(),
        ca: absolute.optional(),
        tokenFile: absolute.optional(),
        region: z.string().optional(),
      })
      .default({}),
    state: absolute.default(DEFAULT_STATE),
    certificates: z
      .array(entry, 'a list of certificates is expected')
      .min(1, 'at least one certificate is expected')
      .max(1000),
  },
  'a mapping with `certificates` is expected',
)
export type RenewalConfig = z.output<typeof renewalConfig>
export type Entry = RenewalConfig['certificates'][number]
export type FileWish = Entry['files'][number]
