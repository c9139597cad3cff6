import type { Command } from 'commander'
import type { GlobalOptions } from '../connection.ts'
import type { Run } from '../context.ts'
import { passphraseFor } from '../passphrase.ts'
import type { LocalVerbs } from '../world.ts'

/** `chancery kms passphrase set|remove`: works on the key file of this machine's data directory. */
export function addKmsPassphrase(kms: Command, run: Run, verbs: LocalVerbs): void {
  const { world } = run
  const passphrase = kms
    .command('passphrase')
    .description(
      'protect the local key file by a passphrase; its present one is CHANCERY_KMS_PASSPHRASE(_FILE)',
    )
  const change = async (command: Command, to: string | undefined): Promise<void> => {
    const { dataDir } = command.optsWithGlobals<GlobalOptions>()
    const { keyFile } = await verbs.changeKeyPassphrase({ dataDir, to })
    world.stderr.write(
      to === undefined
        ? `${keyFile} has no passphrase any more. Start servers without CHANCERY_KMS_PASSPHRASE(_FILE).\n`
        : `${keyFile} is under the new passphrase. Servers want it at their next start: CHANCERY_KMS_PASSPHRASE_FILE.\n`,
    )
  }
  passphrase
    .command('set')
    .description('add a passphrase, or exchange it; typed, or from a file')
    .option('--passphrase-file <file>', 'file that holds the new one (-: the standard input)')
    .action(async (options: { passphraseFile?: string }, command: Command) =>
      change(command, await passphraseFor(world, options.passphraseFile)),
    )
  passphrase
    .command('remove')
    .description('keep the key file’s keys in the clear again')
    .action(async (_options: object, command: Command) => change(command, undefined))
}
