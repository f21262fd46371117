import { segmentMembershipEvents } from './membership-events.js';
import { rfmEvents } from './rfm-events.js';
import { segmentListEvents, segmentRecordEvents } from './segment-events.js';

export const marketingEvents = [...segmentRecordEvents, ...segmentListEvents, ...segmentMembershipEvents, ...rfmEvents] as const;
