-- Which landing pages and ads begin the way to a lead, and which lie on the way to an SQL?
select
    channel,
    content,
    sum(case when target = 'lead' and model = 'first_touch' then conversions else 0 end) as leads_begun,
    sum(case when target = 'sql' and model = 'linear' then conversions else 0 end) as sqls_credited
from {{ ref('content_attribution') }}
where content <> '(none)'
group by channel, content
order by sqls_credited desc, channel asc, content asc
