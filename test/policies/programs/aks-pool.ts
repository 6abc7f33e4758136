import { Anything } from "../support/anything";
import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "A tuned node pool, large enough for what its nodes listen on themselves. Nothing more is declared.",
  run: () => {
    new Anything("azure-native:containerservice:AgentPool", "aks-pool-general", {
      resourceGroupName: "shop",
      resourceName: "shop-aks",
      agentPoolName: "general",
      count: 3,
      vmSize: "Standard_D4s_v5",
      mode: "User",
      linuxOSConfig: { sysctls: { netCoreSomaxconn: 16384, netIpv4TcpTwReuse: true } },
      kubeletConfig: { allowedUnsafeSysctls: ["net.core.somaxconn"] },
    });
  },
  expected: [],
};
