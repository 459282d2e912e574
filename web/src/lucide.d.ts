declare module "lucide-icons/*" {
  import type { LucideIcon } from "lucide-preact";

  const icon: LucideIcon;
  export default icon;
}
