import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allowanceIn, policyTemplate } from '../../../src/core/domain/permission-templates.ts'
import { SHAREABLE_ACTIONS } from '../../../src/core/domain/share-permissions.ts'
import { TEMPLATES } from '../../../src/core/domain/templates.ts'

const ACTIONS = ['acm-pca:IssueCertificate']
const template = (Condition?: unknown, more: object = {}) =>
  JSON.stringify({ Effect: 'Allow', Action: ACTIONS, Condition, ...more })
const ARN = 'arn:aws:acm-pca:::template/EndEntityCertificate/V1'

describe('policy templates of permissions', () => {
  test('what is written is read again as it was', () => {
    const some = <T>(all: readonly T[]) => fc.subarray([...all], { minLength: 1 })
    fc.assert(
      fc.property(some(SHAREABLE_ACTIONS), fc.option(some([...TEMPLATES.keys()])), (actions, templates) => {
        const allowance = { actions, templates: templates ?? undefined }
        expect(allowanceIn(policyTemplate(allowance))).toEqual({
          actions,
          ...(templates === null ? {} : { templates }),
        })
      }),
    )
  })
  test('one action or template may stand without a list', () => {
    const text = JSON.stringify({
      Effect: 'Allow',
      Action: 'acm-pca:IssueCertificate',
      Condition: { StringEquals: { 'acm-pca:TemplateArn': ARN } },
    })
    expect(allowanceIn(text)).toEqual({ actions: ACTIONS, templates: ['EndEntityCertificate/V1'] })
  })
  test.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['a denial', template(undefined, { Effect: 'Deny' })],
    ['no actions', template(undefined, { Action: [] })],
    ['actions that aren’t text', template(undefined, { Action: [1] })],
    ['another member', template(undefined, { NotAction: ACTIONS })],
    ['another operator', template({ StringLike: { 'acm-pca:TemplateArn': ARN } })],
    ['another operator besides', template({ StringEquals: { 'acm-pca:TemplateArn': ARN }, Bool: {} })],
    ['another key', template({ StringEquals: { 'aws:PrincipalOrgID': 'o-1' } })],
    ['another key besides', template({ StringEquals: { 'acm-pca:TemplateArn': ARN, x: 'y' } })],
    ['no condition in it', template({})],
    ['what is no template’s ARN', template({ StringEquals: { 'acm-pca:TemplateArn': 'EndEntity*' } })],
  ])('a condition that isn’t understood is not left out: %s', (_, text) => {
    expect(allowanceIn(text)).toBeUndefined()
  })
})
