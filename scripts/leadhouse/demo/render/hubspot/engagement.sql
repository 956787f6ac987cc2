select distinct
    sales_activity_id as id,
    upper(kind) as type
from sales_activities
where kind is not null
