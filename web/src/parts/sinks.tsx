export function Sinks() {
  return null;
}
