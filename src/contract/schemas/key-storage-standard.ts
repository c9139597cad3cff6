import { z } from 'zod'
import { KEY_STORAGE_STANDARDS } from '../../core/domain/key-storage-standards.ts'

export const keyStorageStandard = z.enum(KEY_STORAGE_STANDARDS).meta({
  description:
    'What was asked of the storage of its key: kept and shown, and vouched for by nobody here. What its key is kept in is its KMS’s.',
  examples: ['FIPS_140_2_LEVEL_3_OR_HIGHER'],
})
