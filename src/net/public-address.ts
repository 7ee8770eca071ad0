// Whether an IP address is one of the public internet: everything else is refused where a document may
// name the host (IANA special-purpose address registries, RFC 6890).
import { BlockList, isIP, isIPv6 } from "node:net";

const special4 = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // shared address space of carriers
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local; metadata services of clouds
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24],
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
] as const;

/** Within 2000::/3, which is all of global unicast. */
const special6 = [
  ["2001::", 23], // Teredo and protocol assignments
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4: leads to any IPv4 address
  ["3fff::", 20], // documentation
] as const;

export type IsPublicAddress = (address: string) => boolean;

/** False for what is no address. IPv4 within IPv6 is outside global unicast, and so never public. */
export function createIsPublicAddress(): IsPublicAddress {
  const special = new BlockList();
  for (const [net, prefix] of special4) special.addSubnet(net, prefix, "ipv4");
  for (const [net, prefix] of special6) special.addSubnet(net, prefix, "ipv6");
  const unicast = new BlockList();
  unicast.addSubnet("2000::", 3, "ipv6");
  return (address) => {
    if (isIP(address) === 0) return false;
    if (isIPv6(address)) return unicast.check(address, "ipv6") && !special.check(address, "ipv6");
    return !special.check(address, "ipv4");
  };
}
