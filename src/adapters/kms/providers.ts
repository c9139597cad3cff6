import type { KmsName } from '../../core/domain/kms.ts'
import type { KmsProvider } from '../../core/ports/kms-provider.ts'
import type { Random } from '../../core/ports/random.ts'
import type { AwsKmsOptions } from './aws-kms-client.ts'
import { openAwsKms } from './aws-kms.ts'
import { kmsUnavailable } from './failures.ts'
import { openHttpSigner, type HttpSignerOptions } from './http-signer.ts'
import type { KmsProviders } from './key-vault.ts'
import { openLocalKeyFile } from './local.ts'
import { openPkcs11, type Pkcs11Options } from './pkcs11/pkcs11.ts'
import type { VaultTransitOptions } from './vault-transit-api.ts'
import { openVaultTransit } from './vault-transit.ts'

/** Which key management services an installation uses; each by what it needs to be reached, undefined where unused. */
export type KmsOptions = {
  /** Keeps what nobody chose another one for. */
  readonly preferred: KmsName
  readonly local: { readonly keyFile: string; readonly passphrase?: () => string | undefined } | undefined
  readonly pkcs11?: Pkcs11Options | undefined
  readonly awsKms?: AwsKmsOptions | undefined
  readonly vaultTransit?: VaultTransitOptions | undefined
  readonly http?: HttpSignerOptions | undefined
}

/**
 * Opens every configured KMS. What one needs besides (a native addon, a cloud's SDK) is loaded only where it is
 * configured.
 * @throws kms_unavailable naming what is missing or wrong, and the cure
 */
export async function openKmsProviders(options: KmsOptions, random: Random): Promise<KmsProviders> {
  const all: KmsProvider[] = []
  try {
    if (options.local !== undefined)
      all.push(await openLocalKeyFile(options.local.keyFile, random, options.local))
    if (options.pkcs11 !== undefined) all.push(await openPkcs11(options.pkcs11, random))
    if (options.awsKms !== undefined) all.push(await openAwsKms(options.awsKms))
    if (options.vaultTransit !== undefined) all.push(await openVaultTransit(options.vaultTransit, random))
    if (options.http !== undefined) all.push(await openHttpSigner(options.http))
    const preferred = all.find(({ name }) => name === options.preferred)
    if (preferred === undefined) {
      throw kmsUnavailable(`CHANCERY_KMS is ${options.preferred}, but that is not configured`, false)
    }
    return { preferred, all }
  } catch (error) {
    await closeKmsProviders({ all })
    throw error
  }
}

/** Ends what the providers hold open. */
export async function closeKmsProviders({ all }: Pick<KmsProviders, 'all'>): Promise<void> {
  for (const provider of all) await provider.close?.()
}
