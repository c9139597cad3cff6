/** What an event is called: a CloudEvents type, and EventBridge's detail-type. */
export type EventWording = { readonly type: string; readonly detailType: string }

/** What an event says besides. */
export type EventDetailJson = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** CloudEvents 1.0, JSON format. */
export type CloudEvent = {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: EventDetailJson
}

/** As Amazon EventBridge delivers it. */
export type EventBridgeEvent = {
  readonly version: '0'
  readonly id: string
  readonly 'detail-type': string
  readonly source: 'aws.acm' | 'aws.acm-pca'
  readonly account: string
  readonly time: string
  readonly region: string
  readonly resources: readonly string[]
  readonly detail: EventDetailJson
}
