import { defineRejections, type CodeOf } from '../../shared/http/rejections.js';

/** Of segments and their lists, in order of precedence. */
export const segmentRejections = defineRejections([
  { code: 'segment_not_found', status: 404, title: 'No such segment' },
  { code: 'segment_invalid', status: 422, title: 'The segment is not one that can be evaluated; each error names its node' },
  { code: 'segment_kind_fixed', status: 422, title: 'A segment by rule stays one, and a list a list' },
  { code: 'segment_own', status: 403, title: 'Nobody publishes what they wrote' },
  { code: 'segment_no_draft', status: 422, title: 'The segment has no draft' },
  { code: 'segment_not_submitted', status: 422, title: 'The draft has not been submitted' },
  { code: 'segment_changed', status: 409, title: 'The draft is not the one that was reviewed' },
  { code: 'segment_not_published', status: 422, title: 'No version of the segment is in force' },
  { code: 'segment_in_use', status: 422, title: 'Segments or risk rules in force refer to it' },
  { code: 'segment_not_parked', status: 422, title: 'The segment is not parked' },
]);
export type SegmentCode = CodeOf<typeof segmentRejections>;

/** Of uploaded lists, in order of precedence. */
export const listRejections = defineRejections([
  { code: 'segment_no_list', status: 422, title: 'Who is in this segment follows from its rule' },
  { code: 'segment_list_full', status: 422, title: 'A list holds no more customers than that' },
]);
export type ListCode = CodeOf<typeof listRejections>;

/** Of RFM. */
export const rfmRejections = defineRejections([{ code: 'rfm_month_not_turned', status: 422, title: 'That month has not turned yet' }]);
