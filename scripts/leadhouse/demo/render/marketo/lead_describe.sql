select
    id,
    display_name,
    restname
from (
    values
    (1, 'Person Status', 'leadStatus'),
    (2, 'Job Title', 'title'),
    (3, 'Budget', 'budget'),
    (4, 'Purchase Timeframe', 'purchaseTimeframe'),
    (5, 'Product Interest', 'productInterest'),
    (6, 'Tech Stack', 'techStack'),
    (7, 'Status Reason', 'statusReason')
) as fields (id, display_name, restname)
