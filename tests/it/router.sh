# A router in a second namespace, which rejects what is to be forwarded to port 3389. Behind it lies a network with
# nobody in it. The router's namespace ends with the process that holds it.
ready=$(mktemp -u)
mkfifo "$ready"
unshare --net sh -c 'echo ready; exec sleep 20' > "$ready" &
router=$!
read -r _ < "$ready"
rm "$ready"
ip link add near type veth peer name far netns "$router"
ip address add 10.77.0.1/24 dev near
ip link set near up
nsenter --target "$router" --net sh -e -c '
  ip link set lo up
  ip address add 10.77.0.2/24 dev far
  ip link set far up
  ip link add behind type veth peer name nobody
  ip address add 10.88.0.1/24 dev behind
  ip link set behind up
  ip link set nobody up
  echo 1 > /proc/sys/net/ipv4/ip_forward
  nft add table inet lab
  nft add chain inet lab forward "{ type filter hook forward priority 0; }"
  nft add rule inet lab forward tcp dport 3389 reject with icmpx admin-prohibited
'
ip route add default via 10.77.0.2
