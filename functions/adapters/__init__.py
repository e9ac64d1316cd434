"""AWS and the web, behind the ports: adapters ask and write, and decide nothing."""
