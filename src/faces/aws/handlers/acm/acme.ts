import { AwsRefusal } from '../../refusals.ts'
import type { AcmHandlers } from '../../models/acm/model.ts'

type Part = {
  readonly [
    Name in keyof AcmHandlers as Name extends `${string}Acme${string}` ? Name : never
  ]: AcmHandlers[Name]
}

/** There are none to be found under any ARN. */
const unknown = async (): Promise<never> => {
  throw new AwsRefusal(
    'ResourceNotFoundException',
    'There is no such ACME endpoint: this installation offers none',
  )
}
/** Where clients don't know that something may not be there. */
const refused = async (): Promise<never> => {
  throw new AwsRefusal(
    'ValidationException',
    'This installation offers no ACME endpoints; certificates are had by RequestCertificate',
  )
}

/** ACME endpoints and what belongs to them: the product has no ACME server, and says so. */
export const acmeControl = (): Part => ({
  CreateAcmeEndpoint: refused,
  ListAcmeEndpoints: async () => ({ AcmeEndpoints: [] }),
  DescribeAcmeEndpoint: unknown,
  UpdateAcmeEndpoint: unknown,
  DeleteAcmeEndpoint: refused,
  CreateAcmeDomainValidation: unknown,
  ListAcmeDomainValidations: unknown,
  DescribeAcmeDomainValidation: unknown,
  UpdateAcmeDomainValidation: unknown,
  DeleteAcmeDomainValidation: refused,
  CreateAcmeExternalAccountBinding: unknown,
  ListAcmeExternalAccountBindings: unknown,
  DescribeAcmeExternalAccountBinding: unknown,
  GetAcmeExternalAccountBindingCredentials: unknown,
  RevokeAcmeExternalAccountBinding: unknown,
  DeleteAcmeExternalAccountBinding: refused,
  ListAcmeAccounts: unknown,
  DescribeAcmeAccount: unknown,
  RevokeAcmeAccount: unknown,
})
