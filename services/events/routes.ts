import type { RouteModule } from '../../shared/http/route-module.js';
import { contractRoutes } from './contract.js';

export const eventsModule = (): RouteModule => ({
  name: 'events',
  description: 'For programs that read the bank\'s events: what these look like',
  rejections: [],
  routes: contractRoutes,
});
